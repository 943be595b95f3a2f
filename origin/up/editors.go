package up

import (
	"context"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/house"
)

// editors has the house play both content systems, unless a real one is named: with secrets of this machine's own.
func (s *stack) editors() {
	if s.house.Contentful.WebhookSecrets != "" || s.house.Umbraco.WebhookTokens != "" {
		return
	}
	api := s.house.Edge.OriginURL + house.EditorsPath
	s.house.LocalContent = true
	s.house.Contentful = house.Contentful{WebhookSecrets: s.keys.contentful, URL: api + "/contentful", Space: "stagedoor", Token: s.keys.contentfulAPI}
	locales := local.Locales(cms.Umbraco)
	s.house.Umbraco = house.Umbraco{WebhookTokens: s.keys.umbraco, URL: api + "/umbraco", APIKey: s.keys.umbracoAPI, Locales: locales[0] + "," + locales[1]}
}

// fillEditors puts the season into the content system for local use. Nobody waits for it: the house opens meanwhile.
func (s *stack) fillEditors(context.Context) error {
	if !s.config().LocalContent {
		return nil
	}
	s.background("what editors write", stageWork, func(ctx context.Context) error {
		if _, err := s.open.FillEditors(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	return nil
}
